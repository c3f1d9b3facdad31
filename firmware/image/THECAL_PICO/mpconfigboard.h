// Thecal on a Raspberry Pi Pico (RP2040, 2 MiB of flash).
#define MICROPY_HW_BOARD_NAME "Thecal Pico"

// 64 KiB littlefs, then 368 blocks of 4096 for the pump: firmware/image/layout.py.
#define MICROPY_HW_FLASH_STORAGE_BYTES (1536 * 1024)

// What a host shows of the port. The numbers of vendor and product stay MicroPython's.
#define MICROPY_HW_USB_MANUFACTURER_STRING "Thecal"
#define MICROPY_HW_USB_PRODUCT_FS_STRING "Thecal pump (research)"
#define MICROPY_HW_USB_CDC_INTERFACE_STRING "Thecal pump"

// Opening the port in some way or other must never stop the pump to wait for new code.
#define MICROPY_HW_USB_CDC_1200BPS_TOUCH (0)
#define MICROPY_HW_USB_CDC_DTR_RTS_BOOTLOADER (0)

// Goes on sending while the firmware fetches the next piece (firmware/pump/app/logstream.py).
#define CFG_TUD_CDC_TX_BUFSIZE (2048)

// What Python functions hold while they run lies on a stack of its own, not in the heap: pystack.c.
#define MICROPY_ENABLE_PYSTACK (1)
void thecal_pystack_init(void);
#define MICROPY_BOARD_EARLY_INIT thecal_pystack_init
