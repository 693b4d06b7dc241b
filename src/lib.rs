//! Countersign: agents propose, the platform validates, a person decides.
//!
//! A person describes a task. The program finds the places of the repository that matter, asks a
//! language model on this machine, or on a server that the person named, reads edits out of its
//! reply, tests them in a copy, and stores the result as a *proposal*: a commit on a hidden ref, in no
//! branch and in no file. The person looks at it hunk by hunk and accepts some; only those are merged
//! into the work tree, and they can be taken back byte for byte. Every act passes one gate, and
//! everything that happened is in one hash-chained journal. Search, maps, review, apply, undo and
//! checks need no model.
//!
//! # Rooms
//!
//! Each module answers one question and uses only those above it; this order is enforced by
//! `a_room_uses_only_what_stands_left_of_it`.
//!
//! | room | question |
//! |---|---|
//! | [`base`] | Which words do we share? |
//! | [`config`] | What was asked for, and where? |
//! | [`journal`] | What happened? |
//! | [`policy`] | What may happen? |
//! | [`repo`] | What is in the repository? |
//! | [`syntax`] | What does a file say? |
//! | [`project`] | How is it tested? |
//! | [`index`] | Where is it said? |
//! | [`retrieval`] | What matters for this query? |
//! | [`refactor`] | What changes when a definition moves to another file, or takes other parameters? |
//! | [`model`] | Who answers? |
//! | [`context`] | What does the model see? |
//! | [`proposal`] | What would change? |
//! | [`agent`] | What is the next step? |
//! | [`session`] | Who does it? |
//! | [`review`] | What does the human decide? |
//! | [`console`] | What does a person see while it works? |
//! | [`hooks`] | What runs when git or CI asks? |
//! | [`cli`] | How is it said in a terminal? |
//!
//! All back-and-forth is in `session`, `review` and `console`; the other rooms are straight lines from
//! arguments to results.
//!
//! # One task, from words to files
//!
//! ```text
//! countersign propose "…" --test CMD                                      in the journal
//!
//! cli       load the model, bring the index up to date
//! session   Run::new takes a Snapshot of the work tree                    TaskStarted
//!             │
//!             │ Input::Started
//!             ▼
//!     ┌──▶ agent::Machine::step(Input) → effects, in order (pure)
//!     │       │
//!     │       ├─ Locate         retrieval::search → hits, targets, stubs
//!     │       ├─ TestBase       CMD, or the project's own tests, in a copy    Judged CommandRan
//!     │       ├─ Repair         where it fails: project::repair finds lines, Judged CommandRan
//!     │       │                 proposal::patterns changes them, tests say  Repaired
//!     │       ├─ Open           context::pack → messages, forms               Retrieved Packed
//!     │       ├─ WriteExamples  where no test fails                           Asked Answered CommandRan
//!     │       ├─ Ask            Engine::candidates, and for each that ends:   Asked
//!     │       │    ├─ read it   proposal::parse → resolve → policy::judge     Answered Judged, or ReplyRefused
//!     │       │    └─ test it   in a copy, near tests, then all others;      Judged CommandRan
//!     │       │                 one that passes ends the other answers
//!     │       ├─ Propose        proposal::store: a commit on a hidden ref     Proposed
//!     │       └─ End            Report                                        TaskEnded
//!     └── what the effect led to is the next Input; a stop or the end of the time comes first
//!
//!         A round without a good draft is followed by another, `attempts` at most: in turns one that
//!         is shown the best draft and what is wrong with it, and one that begins anew.
//!
//! Where a draft changes what a function takes, session::callers has its calls follow before it is tested
//! (refactor::callers), and session::arguments asks for values that nobody said (Asked Answered).
//!
//! A model that was measured to call tools works otherwise (`propose --way loop`): agent::Looping in the
//! place of agent::Machine. It asks the model, has session::looping do what the model calls (search, open,
//! edit a draft, run the tests), tells it what came of it, and asks again (Packed Asked Answered Judged
//! ToolCalled CommandRan), until a draft that it calls done passes, or its budget is spent.
//!
//! A task that was killed is resumed by beginning it again under its name: the machine is pure, and
//! session::recall gives the answers and outputs that are recorded before it asks or runs (TaskResumed).
//!
//! countersign review, or apply ID --hunks 1,3
//!
//! review    proposal::hunks → Pieces, one Verdict each
//! session   Desk::apply records the verdicts                              Decided
//!             proposal::plan   three-way merge with the files as they are
//!             policy::judge    a Permit for each path                     Judged
//!             proposal::write  backups, then the files, then a Receipt    Applied, or ApplyRefused
//! ```
//!
//! `countersign` without a command has `console` in front: what is typed is a job for a thread that has the
//! model (`cli::console`), what happens there comes back as news, and a proposal is reviewed on the same
//! terminal. A comment on a hunk is session::revise (Packed Asked Answered); what a person answers and
//! selects meanwhile is recorded too (Approved Selected).
//!
//! `countersign ask` is one straight line of the same: session::places → context::pack → Engine →
//! agent::Answer, which looks up every line that is cited (Retrieved Packed Asked Answered Cited).
//!
//! A team (`propose --team`) has turns of its own in the first picture, each an effect of the machine:
//! Narrow and PlanSteps before Open (Chosen Planned), Review before Propose (Packed Asked Answered
//! Reviewed), Mend in the place of Ask (as Ask), Note before the end (Noted).
//!
//! `countersign check --review` reads what git holds: session::review → NumberedDiff → Engine →
//! agent::Remarks, each at a line of the diff. `countersign docs` asks for sentences, and
//! syntax::with_docs makes comments of them; syntax::code_tokens tells that nothing else changed.
//!
//! `countersign propose --tests` is another: session::targets → for each function syntax::mutants →
//! Engine → project::mutants (run in the sandbox: what calls give, which mutants they tell apart) →
//! Engine again for those that survive → project::written → a proposal (Asked Answered CommandRan
//! Proposed).
//!
//! # What always holds
//!
//! | it always holds that | held by |
//! |---|---|
//! | only a person's apply, undo or redo changes the work tree | `a_proposal_is_verified_and_nothing_is_written`, `only_repo_writes_files_of_the_work_tree`, `leaving_applies_nothing` |
//! | whatever text a proposal has, the terminal is told nothing by it and columns stay aligned | `nothing_reaches_the_terminal_raw`, `columns_are_those_of_the_screen`, `every_script_keeps_its_columns` |
//! | review and desk give the terminal back: on a panic, a stop, a signal to end, and when nobody is there any more | `a_panic_gives_the_terminal_back_before_it_speaks`, `ctrl_z_gives_the_terminal_back_and_comes_back_with_a_whole_screen`, `a_terminal_that_is_gone_ends_the_review`, `asked_to_end_it_gives_the_terminal_back`, `asked_to_end_the_review_keeps_decisions_and_gives_the_terminal_back` |
//! | whatever size a terminal gets, it is drawn whole again | `whatever_size_it_gets_it_lives_and_draws_itself_whole_again`, `whatever_size_it_gets_the_review_lives_and_draws_itself_whole_again` |
//! | whatever acts takes a [`policy::Permit`], and only [`policy::judge()`] makes one | `only_the_judge_makes_permits`, `without_a_permit_nothing_happens` |
//! | a confined command writes in its folders only, reads no secrets and reaches nobody, and neither does what it starts | `a_confined_command_writes_in_its_folder_only`, `a_confined_command_reads_no_secrets`, `a_confined_command_reaches_nobody`, `what_it_starts_is_confined_too_and_has_no_terminal` |
//! | what cannot be confined does not run as if it were | `without_a_sandbox_nothing_runs`, `tests_that_were_found_run_unasked_where_they_are_confined` |
//! | no rule opens git's files, our own rules, or files with secrets | `no_policy_opens_a_guard`, `the_rules_of_the_tool_are_not_for_proposals` |
//! | a clone can tighten what its user allows, never loosen it, and chooses no command that is not confined | `a_repository_tightens_and_cannot_open_by_asking`, `a_repository_tightens_only_and_runs_nothing` |
//! | a candidate is tested on the tree and its own changes, whatever the one before did | `what_a_test_did_to_the_copy_is_undone_before_the_next`, `tests_of_python_run_on_the_change_and_not_on_the_work_tree` |
//! | an apply writes every accepted hunk or nothing, and never over an edit of the same lines | `one_conflict_refuses_every_file`, `the_same_lines_are_refused_and_keep_the_users_bytes` |
//! | undo gives back the bytes and modes that apply replaced, or refuses | `undo_restores_every_byte_and_redo_writes_it_again`, `an_edit_since_is_never_lost` |
//! | a run that was killed half way is put right by the next one | `the_next_command_puts_right_what_a_killed_one_left`, `a_file_edited_after_the_crash_keeps_the_edit` |
//! | index, HEAD and stash are never touched | `index_head_and_stash_stay_as_they_are` |
//! | nothing is written through a symbolic link | `nothing_is_written_through_a_link` |
//! | accepted hunks give the whole proposal, rejected ones the file as it was | `all_hunks_are_after_and_none_are_before`, `however_it_is_split_all_is_the_proposal_and_none_the_base` |
//! | a moved file is decided as its place and its lines, in whatever combination, and comes back | `of_a_moved_file_all_is_the_proposal_none_the_base_and_undo_gives_it_back`, `every_choice_among_place_and_lines_is_carried_out` |
//! | whatever is split, decided and edited, every line that is written is of the file, the proposal or the person | `every_line_is_of_the_base_the_proposal_or_the_person` |
//! | what a model words anew in a review is undecided, and written only if it is accepted | `a_revision_is_undecided_and_can_be_taken_back`, `a_model_words_a_commented_hunk_anew_and_decides_nothing` |
//! | kept decisions are about the same lines and no others | `decisions_follow_their_lines_and_no_others`, `what_was_done_is_there_again` |
//! | a change in the files stays there but for what is rejected, and that comes back | `what_is_rejected_leaves_the_work_tree_and_comes_back`, `a_renamed_file_is_one_change_and_goes_back_where_it_was` |
//! | no keys, clicks and sizes make a review panic or lose a line, and all of it can be taken back | `no_events_make_it_panic_or_lose_a_line` |
//! | a changed, missing or added record of the journal is noticed | `any_changed_byte_is_noticed`, `verify_names_what_was_done` |
//! | a draft that breaks a test elsewhere is not verified | `what_breaks_a_test_elsewhere_is_not_verified` |
//! | a small change that passes is tested like any draft, and failing tests alone turn no wish into a repair | `a_mistake_is_mended_without_the_model`, `tests_that_fail_do_not_turn_a_wish_into_a_repair` |
//! | a task that was killed comes to one proposal, nothing that ended is asked or run again, and nothing is applied | `a_task_goes_on_from_every_record_to_the_one_proposal`, `a_task_of_a_team_goes_on_from_every_record_to_the_one_proposal`, `a_killed_task_is_proposed_once_and_nothing_is_applied` |
//! | one process works on a task at a time | `one_at_a_time`, `a_task_that_another_process_works_on_is_refused` |
//! | a recorded answer counts for the same model, prompt and sampling only | `answers_of_another_model_do_not_count`, `another_work_tree_asks_anew_and_is_said` |
//! | a recorded session gives the same proposal to the byte without a model, or the first difference | `a_recorded_session_gives_the_same_proposal_to_the_byte`, `what_departs_from_the_record_is_said_and_proposes_nothing` |
//! | whatever a model calls, it reads what agents may read, writes nothing but its draft, and comes to an end | `whatever_is_called_the_work_tree_stays_and_it_ends`, `what_is_kept_back_or_outside_is_refused_and_nothing_is_written`, `it_ends_within_its_budget` |
//! | work with tools goes on from every record, and is done once more without a model | `a_loop_that_was_killed_goes_on_from_every_record`, `a_loop_that_was_recorded_gives_the_same_proposal_without_a_model` |
//! | a conversation fits into the model's window, and what is told in short is written down | `a_conversation_never_exceeds_its_budget`, `long_work_fits_into_a_small_window_and_forgets_no_note` |
//! | nobody is asked twice in a task for the same thing, and a no takes its reason back | `nobody_is_asked_twice_for_the_same_thing`, `a_person_is_asked_before_automation_is_edited_and_the_reason_of_a_no_goes_back`, `a_command_that_a_rule_asks_about_runs_with_a_yes_and_a_no_is_recorded_with_its_reason` |
//! | a click does what the key does, and none goes through a dialog | `a_click_does_what_the_key_does`, `what_lies_below_a_dialog_is_not_clicked_on` |
//! | what a person drops is out of the next prompt | `what_a_person_drops_while_a_task_runs_is_out_of_the_next_rounds_prompt` |
//! | whatever is typed and said, nothing raw reaches the screen | `whatever_is_typed_and_heard_nothing_breaks` |
//! | a model works with tools by itself only where that was measured | `tools_are_given_to_models_that_were_measured_to_use_them` |
//! | a model is asked a few times and no more, and its test is told as it went | `three_times_is_enough`, `a_change_that_fails_its_test_is_proposed_as_that` |
//! | what is kept from agents is in no hit, no reason and no map, and a hit stands where it says | `what_is_kept_back_is_in_no_answer`, `every_hit_stands_where_it_says` |
//! | a refreshed index answers like one built anew, also after a kill | `refreshed_is_like_rebuilt_over_branches`, `a_killed_index_is_repaired` |
//! | no file costs more than its size allows, and what is given up is counted | `what_takes_too_long_is_given_up`, `nesting_of_any_depth_ends`, `pipes_block_nothing` |
//! | what is fetched goes on where it was cut, and is never glued together from two versions | `a_killed_fetch_goes_on_with_what_is_whole`, `a_file_that_changed_is_not_glued_to_the_old_one` |
//! | every host that a fetch leads to has a permit of its own | `every_host_on_the_way_passes_the_gate` |
//! | a prompt is laid out as transformers would, byte for byte, and leaves nothing out silently | `prompts_are_those_of_transformers_byte_for_byte`, `what_a_template_leaves_out_is_refused_and_named` |
//! | special tokens in anybody's text are plain text | `no_text_of_others_makes_a_special_token`, `hostile_texts_leave_the_tokens_of_the_template_as_they_are` |
//! | no letter of a reply is lost, whatever the model wrote | `no_letter_of_a_reply_is_lost`, `calls_are_read_as_the_templates_write_them` |
//! | what a model reads from its cache says what reading it again would | `no_step_changes_what_the_model_says`, `no_step_changes_what_a_model_that_looks_back_a_little_says`, `no_step_changes_what_a_recurrent_model_says`, `the_next_process_goes_on_from_disk_unless_it_is_damaged` |
//! | cells that were made with other settings are never gone on with | `whatever_shapes_cells_is_in_their_key`, `what_was_kept_with_other_settings_is_read_again` |
//! | a model is placed in no more memory than there is, its attention first on the graphics card | `never_over_memory_and_attention_comes_first` |
//! | settings that do not go with a model are refused in words before it is loaded | `what_cannot_be_computed_is_refused_with_a_remedy`, `an_adapter_that_does_not_fit_is_refused_with_the_reason` |
//! | a model that dies takes nothing with it, and the answer is the same without its death | `a_worker_that_is_killed_is_replaced_and_the_answer_is_the_same`, `a_worker_ends_with_whoever_started_it` |
//! | a reply names only what is there, or is new beside it, and can be read | `what_is_not_there_cannot_be_named`, `whatever_fits_can_be_read` |
//! | an answer that is held to a form has it | `forms_are_kept_to_by_a_model_that_does_not_know_them` |
//! | a server is reached with a permit, and neither a clone nor a redirect chooses which | `a_repository_chooses_no_server_and_no_key`, `a_clone_sends_nothing_anywhere`, `a_rule_keeps_a_host_from_being_reached`, `failures_say_what_to_do` |
//! | the key of a server is in no message, record or log | `a_server_of_the_configuration_proposes_and_its_key_is_nowhere`, `a_key_that_a_server_repeats_is_blanked` |
//! | the bytes of a server give one answer however they are cut, and none makes it endless | `any_cut_of_the_bytes_gives_the_same_answer`, `what_never_ends_is_given_up`, `no_bytes_of_a_server_panic` |
//! | a silent server is left at once when somebody stops, and its connection closed | `a_silent_server_is_left_when_asked_to_stop`, `an_interrupt_ends_a_task_whose_server_is_silent` |
//! | a server's answer without its form is not called finished | `an_answer_without_its_form_is_never_called_finished` |
//! | a citation stands where it says | `no_answer_panics_and_every_citation_stands_where_it_says`, `what_leads_nowhere_is_dropped_and_named` |
//! | what a reviewer finds stands at a line of the change, or is dropped | `no_reply_panics_and_every_finding_stands_at_a_line_of_the_diff`, `findings_stand_at_lines_of_the_change_and_others_are_dropped` |
//! | a mending is proposed only where less is found in it, and its tests are no worse | `a_mending_that_is_no_better_or_fails_is_not_proposed`, `notes_are_no_reason_to_mend_and_what_is_no_better_is_not_taken` |
//! | documentation that a model words changes no code | `no_words_change_the_code`, `hostile_words_stay_a_comment` |
//! | a mutant changes nothing outside of its span, and what a written test expects is what the code gives twice | `a_mutant_changes_nothing_outside_of_its_span`, `what_hangs_is_a_kill_and_what_changes_by_itself_is_no_assertion` |
//! | a repository's role or team gains no right | `a_repository_gains_a_role_no_right`, `a_repository_gains_no_right_by_a_role`, `a_repository_gains_a_team_nothing` |
//! | a move keeps definitions as they are, changes imports only, and leaves files that can be read | `there_and_back_gives_the_same_definitions_and_nothing_else_changes` |
//! | where parameters change, nothing but calls of that definition changes, and what could be read still can | `nothing_but_calls_of_the_definition_changes`, `no_bytes_make_following_panic` |
//! | a call that does not fit is told with the proposal | `calls_that_nobody_can_fill_are_asked_for_and_told` |
//! | a task goes without a model only if all of its words are understood | `whatever_could_be_meant_otherwise_is_none`, `words_that_leave_something_open_are_the_models` |
//! | an import that new code needs is neither lost nor forgotten | `an_import_that_a_reply_forgot_and_needs_is_put_back`, `a_standard_import_that_new_code_needs_is_added` |
//! | a weight says the same in either order in memory, and nothing but that weight is pointed at | `either_order_says_the_same`, `a_file_that_is_not_what_is_in_memory_is_not_pointed_at` |
//! | copies of weights are left out before a model loses precision or is refused | `copies_are_left_out_before_context_loses_precision` |
//! | a state that goes back is where it says, and heads guess from there | `no_step_changes_what_a_hybrid_with_heads_says`, `heads_guess_from_what_stands_and_not_from_what_was_taken_back` |
//! | an answer does not go round, and what code and tables repeat is let be | `the_next_round_is_held_back_at_its_first_token`, `what_code_and_tables_repeat_is_not` |
//! | a cancel amid a batch leaves what was read as it was | `a_batch_is_ended_in_the_middle_and_read_again`, `no_step_changes_what_the_model_says` |
//! | a prompt stays in its budget, and what was left out is written down | `never_over_budget_and_nothing_unaccounted` |
//! | a first build can be asked before it ends, and goes on where it was cut short | `a_first_build_can_be_asked_before_it_ends`, `a_build_that_is_cut_short_goes_on_from_its_last_segment` |
//! | what people keep from agents is in no answer | `what_is_kept_from_agents_never_shows`, `secrets_are_not_found`, `a_state_that_names_what_is_kept_back_leads_to_none_of_it` |
//! | a place that was shown is not shown again until it changes | `what_was_shown_is_not_shown_again`, `what_changed_since_is_shown_again_and_what_moved_is_not` |
//! | what is open, touched or seen moves no hit that is clear, and a state that leads nowhere moves none | `state_never_passes_a_clear_hit`, `a_state_that_leads_nowhere_changes_nothing` |
//! | no bytes of a file, a reply or a model make us panic | `no_reply_panics`, `no_bytes_make_it_panic`, `chunks_tile_any_text` |
//! | text of a repository or a model cannot move the cursor | `nothing_reaches_the_terminal_raw`, `lists_and_shows_without_letting_text_move_the_cursor` |
//!
//! # Words
//!
//! - [`base::RepoPath`]: a path inside the repository, as bytes that cannot leave it.
//! - [`base::Span`]: a run of lines, counted from 1, both ends included.
//! - [`repo::Snapshot`]: the work tree as it is now, as a git tree.
//! - [`repo::Watch`]: what the system says of changes in the work tree.
//! - [`repo::FileChange`]: one file before and after.
//! - [`syntax::Symbol`]: something that a file defines, and the lines of its definition.
//! - [`project::TestCommand`]: a command that tests the project, and the file that says so.
//! - [`syntax::Mutant`]: a function with one small mistake in it, as a replacement of a span.
//! - [`project::mutants::Assertion`]: a call, what it gives, and the mutants that it fails with.
//! - [`project::Failure`]: a test that failed or code that did not compile, read from an output.
//! - [`index::Index`]: the words of every chunk of the work tree; disposable.
//! - [`retrieval::Filter`]: what a hit has to be, beside what it is about.
//! - [`retrieval::TaskState`]: where whoever asks stands in a task: open, touched, seen, failed, shown.
//! - [`retrieval::Hit`]: a ranked place for a query, with the reason why.
//! - [`retrieval::Citation`]: a place as text, `path:start-end@blob`, that can be looked up and verified.
//! - [`retrieval::Use`]: a line that has a name and does not define it.
//! - [`refactor::Moved`]: a definition in another file, and every file that changes with it.
//! - [`refactor::callers::Followed`]: the calls that fit a changed signature again, and those that do not.
//! - [`refactor::Doubt`]: a place that syntax cannot decide about, left as it is.
//! - [`context::Spot`]: a place that may go into a prompt, and why it should.
//! - [`context::Offer`]: a piece of a file that wants to be in the prompt.
//! - [`context::ContextPack`]: the offers that fit the budget, what each costs, what was left out.
//! - worker: this program once more, in which a model runs; it may die without us.
//! - [`model::Engine`]: whoever answers: a model in a worker, one behind a server, or a script.
//! - [`model::remote::Endpoint`]: where a server is, and how to ask it; a remote is one with a name.
//! - [`model::fit::Fit`]: what is known of a model on this machine: whether it runs, how fast, why not.
//! - [`model::Measured`]: what was measured of a model here, beside its weights.
//! - [`model::Form`]: what an answer has to look like, token by token.
//! - line: tokens that a model has read one after another, in memory or on disk.
//! - cell: keys and values of one token, as a context keeps them; [`model::CellType`] says how exactly.
//! - plan: how one model is loaded with the settings of a person on this machine.
//! - [`model::Placement`]: which layers and experts of a model go to the graphics card.
//! - [`proposal::Edit`]: what a reply asks for: code, and the heading that says where it goes.
//! - draft: the file changes that the last usable reply led to, in memory only.
//! - [`proposal::Proposal`]: a draft as a commit on a hidden ref, with its task and its test.
//! - [`proposal::Hunk`]: the smallest part of a proposal that a person decides on.
//! - [`proposal::Piece`]: a hunk or a part of one, with what a person did to it: verdict, own words, comments.
//! - [`proposal::Subject`]: a change that is decided about: a proposal, a patch, or what is in the files.
//! - [`proposal::Verdict`]: what a person says to a hunk.
//! - [`proposal::Receipt`]: what one apply wrote and replaced; undo and redo work from it.
//! - [`policy::Action`]: all that the program can do: read, edit, run, reach the network.
//! - [`policy::Ruling`]: what the gate says to an act: allow, ask or deny, with the rule.
//! - [`policy::Permit`]: leave to do one act.
//! - [`policy::Sandbox`]: what a confined command may write and read; the kernel holds it to that.
//! - [`agent::Role`]: who the model is asked to be: prompts, sampling, what it is shown, what it may write.
//! - [`agent::Contract`]: what a role has to give: edits, an answer, …
//! - [`agent::Answer`]: sentences of a model, and the lines that they rest on, looked up.
//! - [`agent::Step`]: what a task asks for in words that leave nothing to a model.
//! - [`agent::Effect`]: what the machine wants done next; [`agent::Input`]: what came of it.
//! - [`agent::Act`]: what a call of a tool asks for, read and bounded; untrusted until the gate has ruled.
//! - [`agent::Wish`]: what the controller of a loop wants done next; [`agent::Heard`]: what came of it.
//! - [`model::Ability`]: whether a model can work with tools, as it was measured here.
//! - [`session::Checks`]: the project's own tests, run on one change after another.
//! - [`session::Desk`]: where a person decides: repository, rules and journal together.
//! - [`session::Past`]: a task as the journal or a transcript holds it, to go on with or to do once more.
//! - [`session::Claim`]: the right of one process to work on a task; it dies with the process.
//! - transcript: the records of one task, as lines of a file.
//! - [`journal::Event`]: a thing that happened, as it is recorded.
//! - [`hooks::Finding`]: what a check has to say about a change.
//!
//! # Where state lives
//!
//! | what | where | written by |
//! |---|---|---|
//! | proposals | `refs/countersign/proposals/ID`, rejected ones under `rejected/` | `proposal` |
//! | journal | `countersign/` in the repository's git folder | `journal` |
//! | locks of tasks that are worked on | `countersign/tasks/` in the same | `session` |
//! | decisions that are not carried out yet | `countersign/reviews/` in the git folder of the work tree | `proposal` |
//! | receipts and backups | `countersign/receipts/` in the git folder of the work tree | `proposal` |
//! | index | `countersign/`, a folder for each work tree, in the user's cache | `index` |
//! | models, what was measured of them (of tools in `.tools/`, for servers too), and what is half fetched | `countersign/models/` in the user's data | `model` |
//! | what was compiled for tests, and the copy that they run in | `countersign/checks/`, a folder for each work tree, in the user's cache | `session` |
//! | what models have read | `countersign/models/`, a folder for each model and engine, in the user's cache | `model` |
//! | configuration, rules, roles and prompts | `countersign/` in the user's configuration, `.countersign/` here | a person |
//!
//! Nothing else is kept, and there is no process that outlives a command.

pub mod base;
pub mod config;
pub mod journal;
pub mod policy;
pub mod repo;
pub mod syntax;
pub mod project;
pub mod index;
pub mod retrieval;
pub mod refactor;
pub mod model;
pub mod context;
pub mod proposal;
pub mod agent;
pub mod session;
pub mod review;
pub mod console;
pub mod hooks;
pub mod cli;
