"""Documents for the customer: scope, workflow rebuild guide, template package."""
