"""Pages anyone may open: landing, demo sign-in, language, health, errors."""
