// Providers that are as bad as a check can see. Which one it is stands in the profile, 0x66010003.
//
// Objects are tables of functions by hand: every slot answers MAPI_E_NO_SUPPORT but for the few that
// are to go wrong.
#include <mapix.h>
#include <mapispi.h>
#include <mapitags.h>
#include <mapicode.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static LPALLOCATEBUFFER allocate;
static LPALLOCATEMORE more;
static LPFREEBUFFER release_buffer;
static LONG mode;

static HRESULT no() { return MAPI_E_NO_SUPPORT; }
static HRESULT yes() { return S_OK; }
static ULONG one() { return 1; }

struct Thing {
    void *slots[64];
    void **table;
    Thing() : table(slots) {
        for (void *&slot : slots) slot = (void *)no;
        slots[1] = slots[2] = (void *)one;
    }
    void *pointer() { return &table; }
};

static Thing logon, store, folder, provider;

static const BYTE root_id[24] = {0, 0, 0, 0, 'b', 'a', 'd', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1};

// PR_ENTRYID of the root, as it should be, and how it goes wrong.
static HRESULT get_props(void *, LPSPropTagArray tags, ULONG, ULONG *count, LPSPropValue *props) {
    *count = tags->cValues;
    size_t size = tags->cValues * sizeof(SPropValue);
    if (mode == 5) {  // memory that is not MAPI's
        static unsigned char own[4096];
        *props = (LPSPropValue)(own + 2048);
        return S_OK;
    }
    if (mode == 6) {  // far fewer than the count says
        *count = 100000000;
        return allocate(24, (LPVOID *)props);
    }
    if (mode == 7) {  // nothing
        *props = nullptr;
        return S_OK;
    }
    HRESULT hr = allocate((ULONG)size, (LPVOID *)props);
    if (hr != S_OK) return hr;
    memset(*props, 0, size);
    for (ULONG i = 0; i < tags->cValues; i++) {
        SPropValue &prop = (*props)[i];
        prop.ulPropTag = tags->aulPropTag[i];
        if (PROP_TYPE(prop.ulPropTag) == PT_BINARY && mode != 8) {
            prop.Value.bin.cb = sizeof root_id;
            more(sizeof root_id, *props, (LPVOID *)&prop.Value.bin.lpb);
            memcpy(prop.Value.bin.lpb, root_id, sizeof root_id);
        } else if (PROP_TYPE(prop.ulPropTag) == PT_BINARY) {
            prop.Value.bin.cb = 24;  // and no bytes
        } else {
            prop.ulPropTag = PROP_TAG(PT_ERROR, PROP_ID(prop.ulPropTag));
            prop.Value.err = MAPI_E_NOT_FOUND;
        }
    }
    return S_OK;
}

// A logoff that fails, or never returns.
static HRESULT log_off(void *, ULONG *) {
    while (mode == 10) pause();
    return mode == 11 ? MAPI_E_DISK_ERROR : S_OK;
}

// Counts that mean nothing.
static ULONG any_count() {
    static ULONG last;
    return last = last * 1103515245 + 12345;
}

// An object without functions.
static void *nothing[1] = {nullptr};

static HRESULT open_entry(void *, ULONG, LPENTRYID, LPCIID, ULONG, ULONG *type, LPUNKNOWN *object) {
    *type = mode == 3 ? 99 : MAPI_FOLDER;
    *object = mode == 4 ? nullptr : (LPUNKNOWN)(mode == 9 ? nothing : folder.pointer());
    return S_OK;
}

static HRESULT log_on(void *, LPMAPISUP support, ULONG_PTR, LPTSTR, ULONG, LPENTRYID, ULONG, LPCIID,
                      ULONG *, LPBYTE *, LPMAPIERROR *error, LPMSLOGON *l, LPMDB *s) {
    LPPROFSECT section = nullptr;
    ULONG count = 0;
    LPSPropValue found = nullptr;
    struct { ULONG count; ULONG tag; } tags = {1, PROP_TAG(PT_LONG, 0x6601)};
    support->OpenProfileSection(nullptr, 0, &section);
    section->GetProps((LPSPropTagArray)&tags, 0, &count, &found);
    mode = found->Value.l;
    release_buffer(found);
    section->Release();
    if (mode == 1) {  // an error with a text
        allocate(sizeof(MAPIERROR), (LPVOID *)error);
        memset(*error, 0, sizeof(MAPIERROR));
        more(64, *error, (LPVOID *)&(*error)->lpszError);
        const char16_t *text = u"the server is not there";
        memcpy((*error)->lpszError, text, 48);
        return MAPI_E_NETWORK_ERROR;
    }
    *l = (LPMSLOGON)logon.pointer();
    *s = mode == 2 ? nullptr : (LPMDB)store.pointer();
    logon.slots[4] = (void *)log_off;
    if (mode == 12) store.slots[1] = store.slots[2] = folder.slots[1] = folder.slots[2] = (void *)any_count;
    store.slots[5] = folder.slots[5] = (void *)get_props;
    store.slots[17] = (void *)open_entry;
    return S_OK;
}

extern "C" HRESULT MSProviderInit(HINSTANCE, LPMALLOC, LPALLOCATEBUFFER a, LPALLOCATEMORE m, LPFREEBUFFER f,
                                  ULONG, ULONG, ULONG *version, LPMSPROVIDER *made) {
    allocate = a;
    more = m;
    release_buffer = f;
    *version = CURRENT_SPI_VERSION;
    provider.slots[3] = (void *)yes;
    provider.slots[4] = (void *)log_on;
    *made = (LPMSPROVIDER)provider.pointer();
    return S_OK;
}
