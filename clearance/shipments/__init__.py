"""What customs does not send of a shipment, as people say it."""
