"""How many attempts are let through: rates, whom they are counted for, and where."""
