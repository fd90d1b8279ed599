"""Customers: whose goods these are, what they are told, and the pages that they are given.

``settings`` says who a customer is and what is told, ``matching`` whose a declaration is, ``facts``
what of it may leave the house: an allow-list. ``news`` finds what there is to tell, ``notices``
keeps it, ``telling`` files it in the outbox in the commit of a check, and ``pages`` are static
files. Nothing here words anything: what was told is kept as it was worded.
"""
