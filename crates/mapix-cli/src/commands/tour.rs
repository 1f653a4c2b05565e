//! placeholder
pub(crate) fn run(
    _: &crate::args::Tour,
    _: &crate::args::Global,
    _: &mut crate::output::Output,
) -> crate::exit::Outcome {
    Ok(crate::exit::Exit::Done)
}
