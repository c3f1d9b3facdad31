set(PICO_BOARD "pico")
set(PICO_PLATFORM "rp2040")
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
list(APPEND MICROPY_SOURCE_BOARD ${MICROPY_BOARD_DIR}/usbsend.c ${MICROPY_BOARD_DIR}/pystack.c)
# Only picotool would make a UF2; tools/uf2conv.py does it instead.
set(PICO_NO_PICOTOOL 1)

# There is no C++ in the image, but the SDK would have its one C++ file linked with the C++ library
# all the same, which for this processor is a package of 400 MB: compile that file to nothing, and
# link as one links C.
add_compile_definitions(PICO_CXX_DISABLE_ALLOCATION_OVERRIDES=1)
set(CMAKE_CXX_LINK_EXECUTABLE
    "<CMAKE_C_COMPILER> <FLAGS> <CMAKE_CXX_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES> -lm")
