"""Moving legacy folders away and back."""
