"""nrpd: a runbook that moves a customer from Net-Results (Paminga) to Pipedrive, and proves that it did."""

__version__ = "0.1.0"
