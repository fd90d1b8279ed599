"""Chinese templates by English template, with the same values in braces; a module per subject."""
