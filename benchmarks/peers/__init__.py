"""Small programs that do the same work in other ways; each is run as a process of its own."""
