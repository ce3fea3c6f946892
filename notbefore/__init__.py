"""NotBefore: every Azure maintenance signal, one story, told once to who must know, with a reason."""
