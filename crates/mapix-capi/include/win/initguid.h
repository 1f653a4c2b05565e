/* initguid.h: from here on GUIDs are defined, not declared (see mapiguid.h). */
#ifndef INITGUID
#define INITGUID
#endif
#include "../mapiplat.h"
