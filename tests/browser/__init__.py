"""The notebooks in JupyterLab, clicked through in a real Chromium."""
