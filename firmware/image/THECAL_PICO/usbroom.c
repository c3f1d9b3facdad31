// usbroom.room(): how many bytes the USB port takes at once, without a wait.
//
// MicroPython's own write waits up to 500 ms for a host that does not drain, and says nothing of
// the room that there is. 0 also when no host has opened the port.

#include "py/runtime.h"
#include "shared/tinyusb/mp_usbd.h"

static mp_obj_t usbroom_room(void) {
    mp_int_t room = 0;
    if (tusb_inited() && tud_cdc_connected()) {
        room = tud_cdc_write_available();
    }
    return MP_OBJ_NEW_SMALL_INT(room);
}
static MP_DEFINE_CONST_FUN_OBJ_0(usbroom_room_obj, usbroom_room);

static const mp_rom_map_elem_t usbroom_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_usbroom) },
    { MP_ROM_QSTR(MP_QSTR_room), MP_ROM_PTR(&usbroom_room_obj) },
};
static MP_DEFINE_CONST_DICT(usbroom_globals, usbroom_globals_table);

const mp_obj_module_t usbroom_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&usbroom_globals,
};
MP_REGISTER_MODULE(MP_QSTR_usbroom, usbroom_module);
