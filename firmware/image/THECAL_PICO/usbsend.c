// usbsend.send(data, start): hands data[start:] to the USB port, as far as the host drains it;
// returns how many bytes went. It ends when the host has taken nothing for WAIT_US, after LONGEST_US
// however slowly the host goes on, and at once when no host has opened the port.
//
// MicroPython's own write waits up to 500 ms for a host that does not drain, and a loop around it
// in Python costs as much as the bytes themselves.

#include "py/runtime.h"
#include "py/mphal.h"
#include "shared/tinyusb/mp_usbd.h"

// One frame of USB and a little more: a host that drains asks at least once in each.
#define WAIT_US (1500)
// 8 KiB take some 8 ms on the wire.
#define LONGEST_US (20000)

static mp_obj_t usbsend_send(mp_obj_t data_in, mp_obj_t start_in) {
    mp_buffer_info_t data;
    mp_get_buffer_raise(data_in, &data, MP_BUFFER_READ);
    mp_int_t start = mp_obj_get_int(start_in);
    if (start < 0 || (size_t)start > data.len) {
        mp_raise_ValueError(NULL);
    }
    size_t at = start;
    mp_uint_t begun_us = mp_hal_ticks_us();
    mp_uint_t since_us = begun_us;
    while (at < data.len && tusb_inited() && tud_cdc_connected()) {
        uint32_t count = tud_cdc_write((const byte *)data.buf + at, data.len - at);
        if (count) {
            tud_cdc_write_flush();
            at += count;
            since_us = mp_hal_ticks_us();
        }
        mp_uint_t now_us = mp_hal_ticks_us();
        if (now_us - since_us > WAIT_US || now_us - begun_us > LONGEST_US) {
            break;
        }
        mp_usbd_task();
    }
    return MP_OBJ_NEW_SMALL_INT(at - start);
}
static MP_DEFINE_CONST_FUN_OBJ_2(usbsend_send_obj, usbsend_send);

static const mp_rom_map_elem_t usbsend_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_usbsend) },
    { MP_ROM_QSTR(MP_QSTR_send), MP_ROM_PTR(&usbsend_send_obj) },
};
static MP_DEFINE_CONST_DICT(usbsend_globals, usbsend_globals_table);

const mp_obj_module_t usbsend_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&usbsend_globals,
};
MP_REGISTER_MODULE(MP_QSTR_usbsend, usbsend_module);
