"""The sandbox lender served alone (`drawdown-monitor sandbox`): its partner API, its borrowers, a page to break it."""
