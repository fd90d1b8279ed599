"""How long things take: intervals, stages, usual times, and what is likely."""
