"""Metadata in which a gateway tells the server where its caller is and what it calls itself."""

FORWARDED_FOR_KEY = "x-forwarded-for"
FORWARDED_USER_AGENT_KEY = "x-forwarded-user-agent"
MAX_USER_AGENT_CHARACTERS = 256
