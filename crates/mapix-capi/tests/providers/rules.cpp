// A provider that holds MAPI to its rules: what it is given when it is loaded and when it logs on, and what
// its support object answers. Which of them it looks at stands in the profile, 0x66010003; what it found
// is the text of the error with which its logon ends.
//
// RULES_VERSION is the version that it says it speaks.
#include <mapix.h>
#include <mapispi.h>
#include <mapitags.h>
#include <mapicode.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef RULES_VERSION
#define RULES_VERSION CURRENT_SPI_VERSION
#endif

static LPALLOCATEBUFFER allocate;
static LPALLOCATEMORE more;
static LPFREEBUFFER release_buffer;
static char init_fault[200];
static int loaded, initialized, living;

__attribute__((constructor)) static void load() { loaded++; }

// How many provider objects are alive, for who cannot log on to ask.
extern "C" int rules_living() { return living; }

static HRESULT no() { return MAPI_E_NO_SUPPORT; }
static HRESULT yes() { return S_OK; }

struct Thing {
    void *slots[64];
    void **table;
    LONG count;
};

static ULONG add_ref(Thing *thing_table) {
    Thing *thing = (Thing *)((char *)thing_table - offsetof(Thing, table));
    return (ULONG)++thing->count;
}

static ULONG release(Thing *thing_table) {
    Thing *thing = (Thing *)((char *)thing_table - offsetof(Thing, table));
    ULONG left = (ULONG)--thing->count;
    if (left == 0) {
        living--;
        free(thing);
    }
    return left;
}

#define MUST(what) \
    do { if (!(what)) { snprintf(text, size, "not so: %s", #what); return; } } while (0)

// Of a store provider's support object these are not: they belong to address books, transports and windows.
static void support_object(LPMAPISUP support, char *text, size_t size) {
    LPADRBOOK book = nullptr;
    LPMAPIPROP prop = nullptr;
    LPMAPITABLE table = nullptr;
    LPADRLIST list = nullptr;
    MAPIUID uid = {};
    MUST(support->OpenAddressBook(nullptr, 0, &book) == MAPI_E_NO_SUPPORT && !book);
    MUST(support->OpenTemplateID(0, nullptr, 0, nullptr, nullptr, &prop, nullptr) == MAPI_E_NO_SUPPORT);
    MUST(support->GetOneOffTable(0, &table) == MAPI_E_NO_SUPPORT && !table);
    ULONG_PTR window = 0;
    ADRPARM parameters = {};
    MUST(support->Address(&window, &parameters, &list) == MAPI_E_NO_SUPPORT);
    MUST(support->Details(&window, nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0) ==
         MAPI_E_NO_SUPPORT);
    MUST(support->RegisterPreprocessor(&uid, nullptr, nullptr, nullptr, nullptr, 0) == MAPI_E_NO_SUPPORT);
    MUST(support->StatusRecips(nullptr, list) == MAPI_E_NO_SUPPORT);
    MUST(support->UpdatePAB(0, nullptr) == MAPI_E_NO_SUPPORT);
    // And these are.
    MUST(support->NewUID(&uid) == S_OK);
    MUST(support->SetProviderUID(&uid, 0) == S_OK && support->SetProviderUID(&uid, 0) == S_OK);
    LPPROFSECT section = nullptr;
    MUST(support->OpenProfileSection(nullptr, 0, &section) == S_OK && section);
    section->Release();
    LPALLOCATEBUFFER a = nullptr;
    LPALLOCATEMORE m = nullptr;
    LPFREEBUFFER f = nullptr;
    MUST(support->GetMemAllocRoutines(&a, &m, &f) == S_OK);
    MUST(a == allocate && m == more && f == release_buffer);
    snprintf(text, size, "as it should be");
}

static HRESULT log_on(void *, LPMAPISUP support, ULONG_PTR window, LPTSTR name, ULONG id_size, LPENTRYID id,
                      ULONG flags, LPCIID iid, ULONG *, LPBYTE *, LPMAPIERROR *error, LPMSLOGON *, LPMDB *) {
    LPPROFSECT section = nullptr;
    ULONG count = 0;
    LPSPropValue found = nullptr;
    struct { ULONG count; ULONG tag; } tags = {1, PROP_TAG(PT_LONG, 0x6601)};
    support->OpenProfileSection(nullptr, 0, &section);
    section->GetProps((LPSPropTagArray)&tags, 0, &count, &found);
    LONG mode = found->Value.l;
    release_buffer(found);
    section->Release();
    char text[240] = "nothing was looked at";
    switch (mode) {
    case 1:
        snprintf(text, sizeof text, "loaded %d, initialized %d, living %d", loaded, initialized, living);
        break;
    case 2:
        snprintf(text, sizeof text, "%s", *init_fault ? init_fault : "as it should be");
        break;
    case 3:
        if (iid) snprintf(text, sizeof text, "an interface is asked for");
        else if (window || !(flags & MDB_NO_DIALOG)) snprintf(text, sizeof text, "there would be dialogs");
        else if (flags & MDB_WRITE) snprintf(text, sizeof text, "nobody asked for writing");
        else if (id || id_size) snprintf(text, sizeof text, "it has given no entry ID yet");
        else if (!(flags & MAPI_UNICODE) || memcmp(name, u"rules", 12)) snprintf(text, sizeof text, "profile");
        else snprintf(text, sizeof text, "as it should be");
        break;
    case 4:
        support_object(support, text, sizeof text);
        break;
    }
    // A text of the provider's, in memory of MAPI's, which MAPI frees.
    allocate(sizeof(MAPIERROR), (LPVOID *)error);
    memset(*error, 0, sizeof(MAPIERROR));
    more(2 * sizeof text, *error, (LPVOID *)&(*error)->lpszError);
    char16_t *wide = (char16_t *)(*error)->lpszError;
    for (size_t i = 0; i == 0 || text[i - 1]; i++) wide[i] = (unsigned char)text[i];
    return MAPI_E_FAILONEPROVIDER;
}

#undef MUST
#define MUST(what) \
    do { if (!(what)) snprintf(init_fault, sizeof init_fault, "not so: %s", #what); } while (0)

extern "C" HRESULT MSProviderInit(HINSTANCE, LPMALLOC malloc, LPALLOCATEBUFFER a, LPALLOCATEMORE m, LPFREEBUFFER f,
                                  ULONG flags, ULONG version, ULONG *own, LPMSPROVIDER *made) {
    allocate = a;
    more = m;
    release_buffer = f;
    *own = RULES_VERSION;
    LPVOID block = nullptr, chained = nullptr;
    MUST(malloc && a && m && f);
    MUST(version == CURRENT_SPI_VERSION && version == 0x00010010);
    MUST(flags == 0);
    MUST(a(16, &block) == S_OK && m(16, block, &chained) == S_OK && f(block) == S_OK);
    void *own_block = malloc->Alloc(8);
    MUST(own_block && malloc->GetSize(own_block) >= 8);
    malloc->Free(own_block);
    Thing *provider = (Thing *)calloc(1, sizeof(Thing));
    for (void *&slot : provider->slots) slot = (void *)no;
    provider->slots[1] = (void *)add_ref;
    provider->slots[2] = (void *)release;
    provider->slots[3] = (void *)yes;
    provider->slots[4] = (void *)log_on;
    provider->table = provider->slots;
    provider->count = 1;
    initialized++;
    living++;
    *made = (LPMSPROVIDER)&provider->table;
    return S_OK;
}
