"""Plans: what customs does not send about a shipment, as people say it."""
