"""The exam: scenarios of a lender that breaks, or does not, and what a perfect monitor would say of each."""
