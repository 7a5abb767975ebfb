"""What Pipedrive's own OpenAPI documents say of the requests and answers that nrpd and its sandbox exchange."""
