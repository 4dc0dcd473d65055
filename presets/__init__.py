"""What can be asked for: placements, fabrics, views, qualities, the request and its checks, names.

No bpy here: doors, runner and workers all read it, with or without Blender.
"""
