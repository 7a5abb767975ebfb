"""What each phase would write, and why: desired values against what the account holds and what nrpd wrote before."""
