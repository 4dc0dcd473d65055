"""How the preview is drawn: the shaders of its cloth and of the card that shows it."""

import gpu

#: What has been drawn, by its side on the screen in pixels; one at a time.
offscreens: dict[int, gpu.types.GPUOffScreen] = {}


def offscreen(side: int) -> gpu.types.GPUOffScreen:
    """Twice as large as it is shown, for smooth edges."""
    if side not in offscreens:
        offscreens.clear()
        offscreens[side] = gpu.types.GPUOffScreen(2 * side, 2 * side, format="RGBA16F")
    return offscreens[side]


def cloth_shader() -> gpu.types.GPUShader:
    """Cloth under a key light and a soft one from the eye, with the art at its place.

    `spot` is in metres of the print zone; `cloth` is linear colour and the art's turn in radians.
    """
    between = gpu.types.GPUStageInterfaceInfo("tshirt_preview")
    between.smooth("VEC3", "facing")
    between.smooth("VEC2", "where")
    info = gpu.types.GPUShaderCreateInfo()
    for kind, name in (
        ("MAT4", "camera"), ("VEC4", "cloth"), ("VEC4", "place"), ("VEC4", "key"), ("VEC4", "eye"),
    ):  # fmt: skip
        info.push_constant(kind, name)
    info.sampler(0, "FLOAT_2D", "art")
    info.vertex_in(0, "VEC3", "position")
    info.vertex_in(1, "VEC3", "normal")
    info.vertex_in(2, "VEC2", "spot")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source("""
        void main() {
          facing = normal;
          where = spot;
          gl_Position = camera * vec4(position, 1.0);
        }""")
    info.fragment_source("""
        void main() {
          vec3 n = normalize(facing);
          bool outside = dot(n, eye.xyz) > 0.0;
          n = outside ? n : -n;
          vec3 base = cloth.rgb;
          vec2 off = where - place.xy;
          float c = cos(cloth.w), s = sin(cloth.w);
          vec2 uv = vec2(off.x * c + off.y * s, off.y * c - off.x * s) / place.zw + 0.5;
          if (outside && all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)))
              && where.x > -1.0) {
            vec4 ink = texture(art, uv);
            base = mix(base, pow(ink.rgb, vec3(2.2)), ink.a);
          }
          float wrapped = clamp(dot(n, key.xyz) * 0.7 + 0.3, 0.0, 1.0);
          float soft = dot(n, eye.xyz);
          float light = 0.18 + 0.46 * wrapped + 0.37 * soft * soft;
          light *= outside ? 1.0 : 0.4;
          vec3 shown = base * light + 0.012 * pow(1.0 - soft, 3.0);
          colour = vec4(shown, 1.0);
        }""")
    return gpu.shader.create_from_info(info)


def card_shader() -> gpu.types.GPUShader:
    """Shows a picture of linear colours, as the viewport's own frame wants them.

    gpu_extras' draw_texture_2d converts them in some versions and in others doesn't.
    """
    between = gpu.types.GPUStageInterfaceInfo("tshirt_card")
    between.smooth("VEC2", "where")
    info = gpu.types.GPUShaderCreateInfo()
    info.push_constant("MAT4", "camera")
    info.sampler(0, "FLOAT_2D", "picture")
    info.vertex_in(0, "VEC2", "position")
    info.vertex_in(1, "VEC2", "spot")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source("""
        void main() {
          where = spot;
          gl_Position = camera * vec4(position, 0.0, 1.0);
        }""")
    info.fragment_source("""
        void main() { colour = texture(picture, where); }""")
    return gpu.shader.create_from_info(info)
