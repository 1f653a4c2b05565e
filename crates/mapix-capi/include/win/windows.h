/*
 * windows.h, for projects that have none: what MAPI's headers know of Windows, under the name that
 * MAPI sources include. Opt-in: this directory is not on the path unless you put it there.
 */
#ifndef MAPI_WINDOWS_H
#define MAPI_WINDOWS_H

#include "sal.h"
#include "../mapiplat.h"
#include "../mapinls.h"
#include "../mapiwin.h"

/* What Windows source takes for granted. */
#ifndef __int64
#define __int64 long long
#endif
#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) _countof(array)
#endif
#ifndef IN
#define IN
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif

#endif /* MAPI_WINDOWS_H */
