/* tchar.h, for projects that have none: text of the character type of this build. */
#ifndef MAPI_TCHAR_H
#define MAPI_TCHAR_H

#include "../mapiplat.h"
#include "../mapinls.h"

#define _tcslen(sz) ((size_t)lstrlen(sz))
#define _tcscmp lstrcmp
#define _tcscpy lstrcpy

#endif /* MAPI_TCHAR_H */
