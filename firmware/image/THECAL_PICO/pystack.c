// The interpreter's own stack, for what Python functions hold while they run.
//
// Without one MicroPython takes it from the heap as soon as a function holds more than 11 words,
// and gives it back at its end: a control step would ask the heap a dozen times and could run
// into a collection. This stack is of fixed size; a program that goes too deep gets a
// RuntimeError.

#include "py/pystack.h"
#include "py/runtime.h"

#define PYSTACK_WORDS (1536) // 6 KiB

static mp_obj_t pystack[PYSTACK_WORDS];

void thecal_pystack_init(void) {
    mp_pystack_init(pystack, &pystack[MP_ARRAY_SIZE(pystack)]);
}
