//! Content types by file extension.

use super::param::is_token;

pub(crate) const BINARY: &str = "application/octet-stream";

const BY_EXTENSION: [(&str, &str); 78] = [
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("ai", "application/postscript"),
    ("asc", "text/plain"),
    ("avi", "video/x-msvideo"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip2"),
    ("cer", "application/pkix-cert"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docm", "application/vnd.ms-word.document.macroEnabled.12"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("dot", "application/msword"),
    ("emf", "image/emf"),
    ("eml", "application/octet-stream"),
    ("eps", "application/postscript"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar"),
    ("jfif", "image/jpeg"),
    ("jpe", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("mid", "audio/midi"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("mpp", "application/vnd.ms-project"),
    ("msg", "application/vnd.ms-outlook"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ogg", "audio/ogg"),
    ("p7b", "application/x-pkcs7-certificates"),
    ("p7c", "application/pkcs7-mime"),
    ("p7m", "application/pkcs7-mime"),
    ("p7s", "application/pkcs7-signature"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("pps", "application/vnd.ms-powerpoint"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ps", "application/postscript"),
    ("pub", "application/vnd.ms-publisher"),
    ("rar", "application/vnd.rar"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("vsd", "application/vnd.visio"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("wma", "audio/x-ms-wma"),
    ("wmf", "image/wmf"),
    ("wmv", "video/x-ms-wmv"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsb", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"),
    ("xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "text/xml"),
    ("zip", "application/zip"),
];

/// The type of a file with this name.
pub(crate) fn of_name(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let find = |extension: String| {
        let at = BY_EXTENSION.binary_search_by_key(&&*extension, |(known, _)| known).ok()?;
        Some(BY_EXTENSION[at].1)
    };
    extension.and_then(find).unwrap_or(BINARY)
}

/// An extension for files of a type.
pub(crate) fn extension_of(mime_type: &str) -> Option<&'static str> {
    // Of several, the one that people expect.
    let usual = [
        ("application/msword", "doc"),
        ("application/postscript", "ps"),
        ("application/vnd.ms-powerpoint", "ppt"),
        ("image/jpeg", "jpg"),
        ("image/tiff", "tif"),
        ("text/html", "htm"),
        ("text/plain", "txt"),
        ("text/x-vcard", "vcf"),
        ("video/mpeg", "mpg"),
    ];
    let usual = usual.iter().find(|(known, _)| *known == mime_type).map(|(_, found)| *found);
    let first = || BY_EXTENSION.iter().find(|(_, known)| *known == mime_type);
    usual.or_else(|| first().map(|(found, _)| *found).filter(|_| mime_type != BINARY))
}

/// The `type/subtype` of a declared type, if it is one that can be written.
pub(crate) fn declared(text: &str) -> Option<String> {
    let text = text.split(';').next()?.trim();
    let (main, sub) = text.split_once('/')?;
    (is_token(main) && is_token(sub) && text.len() <= 127).then(|| text.to_ascii_lowercase())
}

/// Whether bytes of this type may be encoded as base64: composite types may not (RFC 2045,
/// section 6.4).
pub(crate) fn is_leaf(mime_type: &str) -> bool {
    !mime_type.starts_with("multipart/") && !mime_type.starts_with("message/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        assert!(BY_EXTENSION.is_sorted_by_key(|(extension, _)| extension));
        assert_eq!(of_name("a.b.PDF"), "application/pdf");
        assert_eq!(of_name("pdf"), BINARY);
        assert_eq!(declared("Text/Plain; charset=x").unwrap(), "text/plain");
        assert_eq!(declared("text/plain\r\nBcc: x"), None);
        assert_eq!(declared("nonsense"), None);
        assert!(!is_leaf("multipart/signed"));
    }
}
