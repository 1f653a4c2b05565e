/*
 * windows.h, for projects that have none: what MAPI's headers know of Windows, under the name that
 * MAPI sources include. Opt-in: this directory is not on the path unless you put it there.
 */
#include "../mapiplat.h"
#include "../mapinls.h"
#include "../mapiwin.h"
