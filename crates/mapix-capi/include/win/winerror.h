/* winerror.h, for projects that have none: see windows.h. */
#include "../mapiplat.h"
