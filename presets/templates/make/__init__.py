"""Makes the t-shirt template: flat pattern → cloth → drape over a body → frozen mesh → material → studio.

Run by `build.py template`, never by the extension itself; the only folder of `presets/` that imports bpy.
"""
