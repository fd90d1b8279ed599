"""Reports: what is asked for, selected, counted and drawn from."""
