"""From series to a person: rules are evaluated, alerts fold into incidents, and a notice says what to do."""
