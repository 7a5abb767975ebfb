"""`python -m nrpd`."""

from nrpd.cli import main

main()
