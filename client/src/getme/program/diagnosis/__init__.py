"""How both programs' `doctor` tells what it found, and what is to be looked at in both."""
