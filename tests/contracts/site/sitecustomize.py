"""Read by every Python process that tests start (`PYTHONPATH`): a sandbox that it serves writes down its exchanges.

Only where `nrpd.sandbox.box` is imported does anything else happen; see `tests/contracts/recorder.py`.
"""

import importlib.abc
import importlib.util
import sys

SERVING = "nrpd.sandbox.box"


class _Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != SERVING:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                from tests.contracts.recorder import install

                install(module)

            spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _Watch())
