"""Catalogues of what the registry says, and how their messages are found."""
