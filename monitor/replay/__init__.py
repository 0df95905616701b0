"""Rules over what was recorded: the incidents that would have been, in virtual time."""
