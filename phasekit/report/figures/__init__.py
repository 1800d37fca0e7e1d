"""What the pages draw: objects in planes and in space, in the page's light and dark ink."""
