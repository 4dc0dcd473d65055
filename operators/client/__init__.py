"""How Blender talks to the queue without waiting for it: `queue_client`, and what it hands to panels."""
