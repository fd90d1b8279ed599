"""The store on PostgreSQL, against a real server: what the contract of every store does not say."""
