"""What every call passes before a servicer sees it. Decisions are passed in, no business here."""
