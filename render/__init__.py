"""What runs inside a worker Blender: template, prints, shots, finishing, and the runner's protocol.

`worker.py` is the way in. Nothing outside this room imports it; it imports only `presets/`.
"""
