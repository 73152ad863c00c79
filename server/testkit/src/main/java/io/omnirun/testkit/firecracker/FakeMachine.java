package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The state of the fake's one machine, and what is allowed when: the rules and texts of the facts
 * sheet's parts 2 and 9, which are Firecracker's. Thread-safe: one call at a time, as there.
 */
final class FakeMachine {
  private static final String NOT_BEFORE =
      "The requested operation is not supported before starting the microVM.";
  private static final String NOT_AFTER =
      "The requested operation is not supported after starting the microVM.";
  private static final String RESTORE = "Load snapshot error: Failed to restore from snapshot: ";

  /** As {@code GET /} tells them. */
  private enum Phase {
    NOT_STARTED("Not started"),
    RUNNING("Running"),
    PAUSED("Paused");

    private final String text;

    Phase(String text) {
      this.text = text;
    }
  }

  private final FakeOptions options;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition running = lock.newCondition();
  private final FakeSerialPort serialPort;
  private Configuration configuration = new Configuration();
  private Phase phase = Phase.NOT_STARTED;
  private boolean onBootPath;
  private volatile boolean hasReset;
  private Optional<FakeVsock> vsock = Optional.empty();
  private @Nullable FakeGuest guest;

  FakeMachine(FakeOptions options) {
    this.options = options;
    this.serialPort = new FakeSerialPort(options.places());
  }

  /** Answers one request; a failed restore is the process's end after that. */
  Answer answer(Request request) throws Refusal {
    lock.lock();
    try {
      return route(request);
    } catch (IOException e) {
      throw new Refusal("Internal VMM error: " + e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  private Answer route(Request request) throws Refusal, IOException {
    requireBody(request);
    return switch (request.route()) {
      case "GET " -> Answer.of(describe());
      case "GET version" ->
          Answer.of("{\"firecracker_version\":\"%s\"}".formatted(options.version()));
      case "GET vm/config" -> Answer.of(FakeConfigText.of(configuration));
      case "PUT logger" -> beforeStart(this::logger, request);
      case "PUT serial" -> beforeStart(this::serial, request);
      case "PUT machine-config" -> boot(this::machine, request);
      case "PUT boot-source" -> boot(this::bootSource, request);
      case "PUT drives" -> boot(this::drive, request);
      case "PUT network-interfaces" -> boot(this::tap, request);
      case "PUT vsock" -> boot(this::vsock, request);
      case "PUT entropy" -> boot(fields -> {}, request);
      case "PUT balloon" -> boot(this::balloon, request);
      case "GET balloon" -> Answer.of(describeBalloon());
      case "PUT actions" -> act(request);
      case "PATCH drives" -> afterStart(this::patchDrive, request);
      case "PATCH vm" -> afterStart(this::changeState, request);
      case "PUT snapshot/create" -> afterStart(this::create, request);
      case "PUT snapshot/load" -> load(request);
      default ->
          throw new Refusal(
              "Invalid request method and/or path: %s %s."
                  .formatted(request.method(), request.resource()));
    };
  }

  private static void requireBody(Request request) throws Refusal {
    boolean isEmpty = request.body().length == 0;
    if (request.method().equals("GET") && !isEmpty) {
      throw new Refusal("GET request cannot have a body.");
    }
    if (request.method().equals("PUT") && isEmpty) {
      throw new Refusal("Empty PUT request.");
    }
    if (request.method().equals("PATCH") && isEmpty) {
      throw new Refusal("Empty PATCH request.");
    }
  }

  private Path file(String name) {
    return options.places().file(name);
  }

  private String describe() {
    return "{\"id\":\"%s\",\"state\":\"%s\",\"vmm_version\":\"%s\",\"app_name\":\"Firecracker\"}"
        .formatted(options.id(), phase.text, options.version());
  }

  /** One call of the API on a body. */
  private interface Call {
    void on(Fields fields) throws Refusal, IOException;
  }

  private Answer beforeStart(Call call, Request request) throws Refusal, IOException {
    if (phase != Phase.NOT_STARTED) {
      throw new Refusal(NOT_AFTER);
    }
    return call(call, request);
  }

  /** From then on nothing is loaded any more, even where the call failed. */
  private Answer boot(Call call, Request request) throws Refusal, IOException {
    if (phase == Phase.NOT_STARTED) {
      onBootPath = true;
    }
    return beforeStart(call, request);
  }

  private Answer afterStart(Call call, Request request) throws Refusal, IOException {
    if (phase == Phase.NOT_STARTED) {
      throw new Refusal(NOT_BEFORE);
    }
    return call(call, request);
  }

  private static Answer call(Call call, Request request) throws Refusal, IOException {
    Fields fields = Fields.of(request.body());
    if (request.path().size() > 1 && !request.resource().equals("snapshot")) {
      requireSameId(request, fields);
    }
    call.on(fields);
    fields.end();
    return Answer.done();
  }

  private static void requireSameId(Request request, Fields fields) throws Refusal {
    String id = request.path().get(1);
    if (!id.matches("[A-Za-z0-9_]+")) {
      throw new Refusal(
          "API Resource IDs can only contain alphanumeric characters and underscores.");
    }
    String named = request.resource().equals("drives") ? "drive_id" : "iface_id";
    if (!fields.text(named).equals(id)) {
      throw new Refusal("The id from the path does not match the id from the body!");
    }
  }

  private void logger(Fields fields) throws Refusal {
    fields.optionalText("log_path");
    fields.optionalText("level");
    fields.flag("show_level");
    fields.flag("show_log_origin");
  }

  private void serial(Fields fields) throws Refusal {
    Optional<String> path = fields.optionalText("serial_out_path");
    fields.end();
    serialPort.lead(path);
  }

  private void machine(Fields fields) throws Refusal {
    int vcpus = (int) fields.number("vcpu_count", 1, 32);
    int memoryMib = (int) fields.number("mem_size_mib", 1, 1 << 20);
    fields.flag("smt");
    fields.flag("track_dirty_pages");
    fields.end();
    configuration.vcpus = vcpus;
    configuration.memoryMib = memoryMib;
  }

  private void bootSource(Fields fields) throws Refusal {
    String kernel = fields.text("kernel_image_path");
    Optional<String> initrd = fields.optionalText("initrd_path");
    fields.optionalText("boot_args");
    fields.end();
    if (!Files.isReadable(file(kernel))) {
      throw new Refusal(
          "Boot source error: The kernel file cannot be opened: No such file or directory (os"
              + " error 2)");
    }
    if (initrd.isPresent() && !Files.isReadable(file(initrd.get()))) {
      throw new Refusal(
          "Boot source error: The initrd file cannot be opened due to invalid path or invalid"
              + " permissions. No such file or directory (os error 2)");
    }
    configuration.kernel = List.of(kernel);
  }

  private void drive(Fields fields) throws Refusal {
    String id = fields.text("drive_id");
    Configuration.Drive drive =
        new Configuration.Drive(
            fields.text("path_on_host"),
            fields.flag("is_read_only"),
            fields.flag("is_root_device"));
    fields.optionalText("cache_type");
    fields.optionalText("io_engine");
    fields.end();
    if (!canOpen(drive)) {
      throw new Refusal(
          "Drive config error: Unable to create the virtio block device: Virtio backend error:"
              + " Error manipulating the backing file: No such file or directory (os error 2) "
              + drive.path());
    }
    configuration.drives.put(id, drive);
  }

  private boolean canOpen(Configuration.Drive drive) {
    Path path = file(drive.path());
    return Files.isReadable(path) && (drive.readOnly() || Files.isWritable(path));
  }

  private void patchDrive(Fields fields) throws Refusal {
    String id = fields.text("drive_id");
    Configuration.Drive old = configuration.drives.get(id);
    Optional<String> path = fields.optionalText("path_on_host");
    if (old == null) {
      throw new Refusal("Drive config error: Unable to patch the block device: Invalid drive id");
    }
    if (path.isPresent()) {
      configuration.drives.put(id, new Configuration.Drive(path.get(), old.readOnly(), old.root()));
    }
  }

  private void tap(Fields fields) throws Refusal {
    String id = fields.text("iface_id");
    String tap = fields.text("host_dev_name");
    fields.optionalText("guest_mac");
    fields.end();
    requireTap(tap, "Network config error: Could not create the network device: ");
    configuration.taps.put(id, tap);
  }

  /** In the network namespace that the fake runs in. */
  private static void requireTap(String name, String prefix) throws Refusal {
    if (!Files.exists(Path.of("/sys/class/net", name))
        && !Files.exists(Path.of("/proc/self/net/dev_snmp6", name))) {
      throw new Refusal(prefix + "Open tap device failed: No such device (os error 19)");
    }
  }

  private void vsock(Fields fields) throws Refusal {
    fields.number("guest_cid", 3, (1L << 32) - 1);
    String path = fields.text("uds_path");
    fields.end();
    bindVsock(path, "Vsock config error: Cannot create backend for vsock device: ");
  }

  private void bindVsock(String path, String prefix) throws Refusal {
    try {
      vsock = Optional.of(FakeVsock.bind(file(path), this::awaitGuest));
      configuration.vsockPath = List.of(path);
    } catch (IOException e) {
      throw new Refusal(
          prefix + "Error binding to the host-side Unix socket: Address in use (os error 98)");
    }
  }

  private Path awaitGuest() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (phase != Phase.RUNNING || guest == null) {
        running.await();
      }
      return guest.socket();
    } finally {
      lock.unlock();
    }
  }

  private void balloon(Fields fields) throws Refusal {
    int amountMib = (int) fields.number("amount_mib", 0, 1 << 20);
    boolean deflateOnOom = fields.requiredFlag("deflate_on_oom");
    fields.optionalNumber("stats_polling_interval_s", 0, (1 << 16) - 1);
    boolean reporting = false;
    if (options.isAtLeast(1, 14)) {
      fields.flag("free_page_hinting");
      reporting = fields.flag("free_page_reporting");
    }
    fields.end();
    if (amountMib > configuration.memoryMib) {
      throw new Refusal("Balloon config error: Amount of pages requested is too large.");
    }
    configuration.balloon = List.of(new Configuration.Balloon(amountMib, deflateOnOom, reporting));
  }

  private String describeBalloon() throws Refusal {
    if (configuration.balloon.isEmpty()) {
      throw new Refusal("Balloon config error: No balloon device found.");
    }
    return FakeConfigText.of(configuration.balloon.getFirst());
  }

  private Answer act(Request request) throws Refusal, IOException {
    Fields fields = Fields.of(request.body());
    String action =
        fields.choice("action_type", List.of("InstanceStart", "FlushMetrics", "SendCtrlAltDel"));
    fields.end();
    boolean starts = action.equals("InstanceStart");
    if (starts == (phase != Phase.NOT_STARTED)) {
      throw new Refusal(starts ? NOT_AFTER : NOT_BEFORE);
    }
    if (action.equals("SendCtrlAltDel")) {
      FakeFirecrackerMain.exit(0);
    }
    if (starts) {
      start();
    }
    return Answer.done();
  }

  private void start() throws Refusal, IOException {
    if (configuration.kernel.isEmpty()) {
      throw new Refusal("Start microvm error: Cannot start microvm without kernel configuration.");
    }
    requireElf(file(configuration.kernel.getFirst()));
    serialPort.write();
    hasReset = options.has("guest-resets");
    if (!hasReset && !options.has("guest-hangs")) {
      byte[] random = new byte[16];
      new Random().nextBytes(random);
      String seed = HexFormat.of().formatHex(random);
      runGuest(Map.of("booted-as", seed.getBytes(UTF_8)));
    }
    enter(Phase.RUNNING);
  }

  /** Up to 1.16 nothing else boots. */
  private static void requireElf(Path kernel) throws Refusal, IOException {
    byte[] all = Files.readAllBytes(kernel);
    if (all.length < 4 || all[0] != 0x7F || all[1] != 'E' || all[2] != 'L' || all[3] != 'F') {
      throw new Refusal(
          "Start microvm error: Cannot load kernel due to invalid memory configuration or invalid"
              + " kernel image: Kernel Loader: failed to load ELF kernel image");
    }
  }

  private void runGuest(Map<String, byte[]> memory) throws IOException {
    guest =
        FakeGuest.start(options.agent(), Files.createDirectory(options.places().guest()), memory);
  }

  /** Whether its guest has reset, which ends the process once what is asked is answered. */
  boolean isReset() {
    return hasReset;
  }

  /** A restored agent listens at once. */
  private void awaitRestored() throws IOException {
    FakeGuest restored = guest;
    if (restored != null) {
      restored.awaitListening();
    }
  }

  private void enter(Phase next) {
    phase = next;
    running.signalAll();
  }

  private void changeState(Fields fields) throws Refusal, IOException {
    String wanted = fields.choice("state", List.of("Paused", "Resumed"));
    fields.end();
    if (wanted.equals("Paused")) {
      pause();
    } else {
      resume();
    }
  }

  private void pause() throws IOException {
    if (guest != null) {
      guest.freeze();
    }
    enter(Phase.PAUSED);
  }

  private void resume() throws IOException {
    if (guest != null) {
      guest.thaw();
    }
    enter(Phase.RUNNING);
  }

  private void create(Fields fields) throws Refusal, IOException {
    Path state = file(fields.text("snapshot_path"));
    Path memory = file(fields.text("mem_file_path"));
    fields.optionalText("snapshot_type");
    fields.end();
    if (phase != Phase.PAUSED || guest == null) {
      throw new Refusal(
          "Create snapshot error: Cannot save the microVM state: Operation not allowed:"
              + " save/restore unavailable while running");
    }
    if (options.has("create-no-space")) {
      throw new Refusal(
          "Create snapshot error: Cannot write the guest memory: No space left on device (os"
              + " error 28)");
    }
    FakeSnapshot.writeMemory(memory, configuration.memoryMib, guest.memory());
    FakeSnapshot.writeState(
        state, new FakeSnapshot.State(options.snapshotVersion(), configuration));
    vsock.ifPresent(FakeVsock::killConnections);
  }

  private Answer load(Request request) throws Refusal, IOException {
    if (phase != Phase.NOT_STARTED) {
      throw new Refusal(NOT_AFTER);
    }
    if (onBootPath) {
      throw new Refusal(
          "Load snapshot error: Loading a microVM snapshot not allowed after configuring"
              + " boot-specific resources.");
    }
    LoadOrder order = LoadOrder.of(Fields.of(request.body()), options);
    onBootPath = true;
    restore(order);
    pause();
    if (order.resume()) {
      resume();
    }
    return new Answer(204, "", order.deprecated());
  }

  private void restore(LoadOrder order) throws Refusal {
    try {
      FakeSnapshot.State state = FakeSnapshot.readState(order.state(), options.snapshotVersion());
      configuration = state.configuration();
      Map<String, byte[]> memory = FakeSnapshot.readMemory(order.memory(), configuration.memoryMib);
      restoreDevices(order);
      serialPort.write();
      runGuest(memory);
      awaitRestored();
    } catch (IOException e) {
      throw Refusal.fatal(
          RESTORE + "Failed to get snapshot state from file: Failed to open snapshot file: " + e);
    }
    if (options.has("load-fails")) {
      throw Refusal.fatal(RESTORE + "Failed to build microVM from snapshot: told to fail");
    }
  }

  private void restoreDevices(LoadOrder order) throws Refusal {
    String prefix =
        RESTORE
            + "Failed to build microVM from snapshot: Failed to restore devices: Error restoring"
            + " MMIO devices: ";
    for (Configuration.Drive drive : new ArrayList<>(configuration.drives.values())) {
      if (!canOpen(drive)) {
        throw Refusal.fatal(
            prefix
                + "Block: Virtio backend error: Error manipulating the backing file: No such file"
                + " or directory (os error 2) "
                + drive.path());
      }
    }
    try {
      for (String tap : configuration.taps.values()) {
        requireTap(tap, prefix + "Net: Failed to create a network device: ");
      }
      for (String path : order.vsockPaths(configuration)) {
        bindVsock(path, prefix + "VsockUnixBackend: ");
      }
    } catch (Refusal refusal) {
      throw Refusal.fatal(refusal.text());
    }
  }

  /** Ends the guest with its VMM. */
  void kill() {
    FakeGuest living = guest;
    if (living != null) {
      living.kill();
    }
  }
}
