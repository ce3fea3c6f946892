"""Who is told of a story, when and why: the recipe, and what follows from it."""
