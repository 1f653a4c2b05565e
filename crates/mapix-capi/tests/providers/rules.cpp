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

// What stands in the profile.
static LONG mode_in(LPPROFSECT section) {
    ULONG count = 0;
    LPSPropValue found = nullptr;
    struct { ULONG count; ULONG tag; } tags = {1, PROP_TAG(PT_LONG, 0x6601)};
    section->GetProps((LPSPropTagArray)&tags, 0, &count, &found);
    LONG mode = found->Value.l;
    release_buffer(found);
    return mode;
}

// An error with a text of the provider's, in memory of MAPI's, which MAPI frees.
static void explain(LPMAPIERROR *error, const char *text) {
    size_t size = strlen(text) + 1;
    allocate(sizeof(MAPIERROR), (LPVOID *)error);
    memset(*error, 0, sizeof(MAPIERROR));
    more((ULONG)(2 * size), *error, (LPVOID *)&(*error)->lpszError);
    char16_t *wide = (char16_t *)(*error)->lpszError;
    for (size_t i = 0; i < size; i++) wide[i] = (unsigned char)text[i];
}

static HRESULT log_on(void *, LPMAPISUP support, ULONG_PTR window, LPTSTR name, ULONG id_size, LPENTRYID id,
                      ULONG flags, LPCIID iid, ULONG *, LPBYTE *, LPMAPIERROR *error, LPMSLOGON *, LPMDB *) {
    LPPROFSECT section = nullptr;
    support->OpenProfileSection(nullptr, 0, &section);
    LONG mode = mode_in(section);
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
    explain(error, text);
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

// What the service was told, for who asks: each context, with what it could see then.
static char told[400];

extern "C" const char *rules_told() { return told; }

// Mode 9 has something against being deleted.
extern "C" HRESULT ServiceEntry(HINSTANCE, LPMALLOC malloc, LPMAPISUP support, ULONG_PTR, ULONG flags, ULONG context,
                                ULONG count, LPSPropValue props, LPPROVIDERADMIN admin, LPMAPIERROR *error) {
    char *at = told + strlen(told);
    size_t size = sizeof told - strlen(told);
    if (context != MSG_SERVICE_DELETE) {
        snprintf(at, size, "%u; ", (unsigned)context);
        return S_OK;
    }
    LPPROFSECT section = nullptr, same = nullptr;
    support->OpenProfileSection(nullptr, MAPI_MODIFY, &section);
    admin->OpenProfileSection(nullptr, nullptr, 0, &same);
    if (!malloc || !section || !same) return MAPI_E_CALL_FAILED;
    // The provider is loaded for the first time here: memory comes from the support object.
    support->GetMemAllocRoutines(&allocate, &more, &release_buffer);
    SPropValue value = {};
    value.ulPropTag = PROP_TAG(PT_LONG, 0x6601);
    HRESULT written = section->SetProps(1, &value, nullptr);
    LONG mode = mode_in(section);
    const char *odd = flags != MAPI_UNICODE || count || props || mode_in(same) != mode ||
                      written != MAPI_E_NO_ACCESS ? " and odd" : "";
    snprintf(at, size, "deleted with %d%s; ", (int)mode, odd);
    section->Release();
    same->Release();
    if (mode != 9) return S_OK;
    explain(error, "the server still has it");
    return MAPI_E_BUSY;
}
