/*
 * A client of MAPI in C: logs on, lists the inbox, reads a message, sets a property, logs off.
 *
 *     cc -fshort-wchar client.c -o client $(pkg-config --cflags --libs mapi)
 *     ./client PROFILE
 *
 * The profile is made by `mapix profile create PROFILE`, `mapix service add -p PROFILE MAPIX Mail
 * path=...` and `mapix service default -p PROFILE Mail`, or by the program itself (IProfAdmin,
 * IMsgServiceAdmin) if it is called with a path after the name, at which a store is then made.
 */
#define INITGUID
#define USES_IID_IMessage
#include <mapix.h>
#include <mapiutil.h>

#include <stdio.h>
#include <string.h>

/* Leaves a function when a call fails, with a line that says which. */
#define CHECK(call)                                                        \
    do {                                                                   \
        hr = (call);                                                       \
        if (FAILED(hr)) {                                                  \
            fprintf(stderr, "%s: 0x%08X\n", #call, (unsigned int)hr);      \
            goto end;                                                      \
        }                                                                  \
    } while (0)

#define RELEASE(object)                                                    \
    do {                                                                   \
        if (object) {                                                      \
            (object)->lpVtbl->Release(object);                             \
            (object) = NULL;                                               \
        }                                                                  \
    } while (0)

/* A profile with one service, the embedded store at a path. */
static HRESULT make_profile(char *name, char *path)
{
    LPPROFADMIN profiles = NULL;
    LPSERVICEADMIN services = NULL;
    LPMAPITABLE table = NULL;
    LPSRowSet rows = NULL;
    SizedSPropTagArray(1, columns) = { 1, { PR_SERVICE_UID } };
    SPropValue setting;
    char service[] = "MAPIX", shown[] = "Mail";
    HRESULT hr;

    CHECK(MAPIAdminProfiles(0, &profiles));
    CHECK(profiles->lpVtbl->CreateProfile(profiles, name, NULL, 0, 0));
    CHECK(profiles->lpVtbl->AdminServices(profiles, name, NULL, 0, 0, &services));
    CHECK(services->lpVtbl->CreateMsgService(services, service, shown, 0, 0));
    CHECK(services->lpVtbl->GetMsgServiceTable(services, 0, &table));
    CHECK(HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL, NULL, 1, &rows));
    memset(&setting, 0, sizeof setting);
    setting.ulPropTag = PROP_TAG(PT_STRING8, 0x6700); /* PR_PST_PATH */
    setting.Value.lpszA = path;
    CHECK(services->lpVtbl->ConfigureMsgService(services,
        (LPMAPIUID)rows->aRow[0].lpProps[0].Value.bin.lpb, 0, 0, 1, &setting));
end:
    if (rows) FreeProws(rows);
    RELEASE(table);
    RELEASE(services);
    RELEASE(profiles);
    return hr;
}

/* The default store of the profile, open for writing. */
static HRESULT open_default_store(LPMAPISESSION session, LPMDB *store)
{
    LPMAPITABLE table = NULL;
    LPSRowSet rows = NULL;
    SizedSPropTagArray(2, columns) = { 2, { PR_ENTRYID, PR_DEFAULT_STORE } };
    ULONG row;
    HRESULT hr;

    CHECK(session->lpVtbl->GetMsgStoresTable(session, 0, &table));
    CHECK(HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL, NULL, 0, &rows));
    hr = MAPI_E_NOT_FOUND;
    for (row = 0; row < rows->cRows; row++) {
        LPSPropValue props = rows->aRow[row].lpProps;
        /* A store that cannot be opened may have no entry ID yet. */
        if (props[0].ulPropTag == PR_ENTRYID && props[1].ulPropTag == PR_DEFAULT_STORE
            && props[1].Value.b) {
            CHECK(session->lpVtbl->OpenMsgStore(session, 0, props[0].Value.bin.cb,
                (LPENTRYID)props[0].Value.bin.lpb, NULL, MDB_WRITE | MDB_NO_DIALOG, store));
            break;
        }
    }
end:
    if (rows) FreeProws(rows);
    RELEASE(table);
    return hr;
}

/* Puts a message into a folder. */
static HRESULT put_message(LPMAPIFOLDER folder, char *subject, char *body)
{
    LPMESSAGE message = NULL;
    SPropValue props[3];
    char class_name[] = "IPM.Note";
    HRESULT hr;

    memset(props, 0, sizeof props);
    props[0].ulPropTag = PR_MESSAGE_CLASS_A;
    props[0].Value.lpszA = class_name;
    props[1].ulPropTag = PR_SUBJECT_A;
    props[1].Value.lpszA = subject;
    props[2].ulPropTag = PR_BODY_A;
    props[2].Value.lpszA = body;
    CHECK(folder->lpVtbl->CreateMessage(folder, NULL, 0, &message));
    CHECK(message->lpVtbl->SetProps(message, 3, props, NULL));
    CHECK(message->lpVtbl->SaveChanges(message, KEEP_OPEN_READONLY));
end:
    RELEASE(message);
    return hr;
}

/* Prints the body of a message, however long it is. */
static HRESULT print_body(LPMESSAGE message)
{
    LPSTREAM stream = NULL;
    char buffer[4096];
    ULONG count;
    HRESULT hr;

    CHECK(message->lpVtbl->OpenProperty(message, PR_BODY_A, &IID_IStream, 0, 0,
        (LPUNKNOWN *)(void *)&stream));
    for (;;) {
        CHECK(stream->lpVtbl->Read(stream, buffer, sizeof buffer, &count));
        if (count == 0) break;
        fwrite(buffer, 1, count, stdout);
    }
    putchar('\n');
end:
    RELEASE(stream);
    return hr;
}

/* Lists a folder; the first message is read, and marked as important. */
static HRESULT list(LPMDB store, LPMAPIFOLDER folder)
{
    LPMAPITABLE table = NULL;
    LPMESSAGE message = NULL;
    LPSRowSet rows = NULL;
    SizedSPropTagArray(3, columns) = { 3, { PR_ENTRYID, PR_SUBJECT_A, PR_IMPORTANCE } };
    SizedSSortOrderSet(1, by_subject) = { 1, 0, 0, { { PR_SUBJECT_A, TABLE_SORT_ASCEND } } };
    SPropValue importance;
    ULONG kind, row, pass;
    HRESULT hr;

    CHECK(folder->lpVtbl->GetContentsTable(folder, 0, &table));
    for (pass = 0; pass < 2; pass++) {
        CHECK(HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL,
            (LPSSortOrderSet)&by_subject, 0, &rows));
        for (row = 0; row < rows->cRows; row++) {
            LPSPropValue props = rows->aRow[row].lpProps;
            printf("%lu %s%s\n", (unsigned long)row + 1,
                props[1].ulPropTag == PR_SUBJECT_A ? props[1].Value.lpszA : "(no subject)",
                props[2].ulPropTag == PR_IMPORTANCE && props[2].Value.l == 2 ? " !" : "");
        }
        if (pass == 1 || rows->cRows == 0) break;
        CHECK(store->lpVtbl->OpenEntry(store, rows->aRow[0].lpProps[0].Value.bin.cb,
            (LPENTRYID)rows->aRow[0].lpProps[0].Value.bin.lpb, &IID_IMessage, MAPI_MODIFY, &kind,
            (LPUNKNOWN *)(void *)&message));
        CHECK(print_body(message));
        memset(&importance, 0, sizeof importance);
        importance.ulPropTag = PR_IMPORTANCE;
        importance.Value.l = 2;
        CHECK(message->lpVtbl->SetProps(message, 1, &importance, NULL));
        CHECK(message->lpVtbl->SaveChanges(message, 0));
        FreeProws(rows);
        rows = NULL;
        RELEASE(table);
        CHECK(folder->lpVtbl->GetContentsTable(folder, 0, &table));
    }
end:
    if (rows) FreeProws(rows);
    RELEASE(message);
    RELEASE(table);
    return hr;
}

int main(int argc, char **argv)
{
    LPMAPISESSION session = NULL;
    LPMDB store = NULL;
    LPMAPIFOLDER inbox = NULL;
    LPENTRYID inbox_id = NULL;
    ULONG inbox_size, kind;
    char subject[] = "Hello", body[] = "The first message.";
    char second[] = "World", more[] = "The second one.";
    HRESULT hr;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s PROFILE [STORE]\n", argv[0]);
        return 2;
    }
    hr = MAPIInitialize(NULL);
    if (FAILED(hr)) {
        fprintf(stderr, "MAPIInitialize: 0x%08X\n", (unsigned int)hr);
        return 1;
    }
    if (argc == 3) CHECK(make_profile(argv[1], argv[2]));
    CHECK(MAPILogonEx(0, argv[1], NULL, MAPI_EXTENDED | MAPI_NEW_SESSION, &session));
    CHECK(open_default_store(session, &store));
    CHECK(store->lpVtbl->GetReceiveFolder(store, NULL, 0, &inbox_size, &inbox_id, NULL));
    CHECK(store->lpVtbl->OpenEntry(store, inbox_size, inbox_id, NULL, MAPI_MODIFY, &kind,
        (LPUNKNOWN *)(void *)&inbox));
    if (argc == 3) {
        CHECK(put_message(inbox, subject, body));
        CHECK(put_message(inbox, second, more));
    }
    CHECK(list(store, inbox));
    CHECK(session->lpVtbl->Logoff(session, 0, 0, 0));
    printf("logged off\n");
end:
    RELEASE(inbox);
    MAPIFreeBuffer(inbox_id);
    RELEASE(store);
    RELEASE(session);
    MAPIUninitialize();
    return FAILED(hr) ? 1 : 0;
}
