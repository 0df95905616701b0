"""Step-ups: identity checks that the lender asks for, and what borrowers make of them."""
